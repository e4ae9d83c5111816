"""The one public door: sign-in checked, limits kept, each request passed on to the service that owns its path.

Owns       routing, the merged OpenAPI document and its reference, rate limits, development tokens
Tells      nothing yet
Hears      nothing yet
"""
