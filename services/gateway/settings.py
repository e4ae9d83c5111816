"""The gateway's environment: MB_GATEWAY_… beside the MB_… of every process."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.runtime.settings import Settings


class GatewaySettings(Settings):
    """Where the services are, and whether the gateway may sign development tokens itself."""

    model_config = SettingsConfigDict(env_prefix="MB_GATEWAY_")

    contracts_url: str = Field("http://contracts:8000", description="Base URL of contracts.")
    preinvoice_url: str = Field("http://preinvoice:8000", description="Base URL of preinvoice.")
    invoicing_url: str = Field("http://invoicing:8000", description="Base URL of invoicing.")
    reconciliation_url: str = Field("http://reconciliation:8000", description="Base URL of reconciliation.")
    requests_per_second: int = Field(100, gt=0, description="What one principal may ask for in the long run.")
    requests_burst: int = Field(200, gt=0, description="What one principal may ask for at once after a pause.")
    requests_in_flight: int = Field(20, gt=0, description="Requests of one principal being answered at a time.")
    development_issuer: bool = Field(False, description="Sign tokens for anybody who asks. Never in production.")
    signing_key: SecretStr = Field(SecretStr(""), description="P-256 private key, PEM, of the development issuer.")

    def service_urls(self) -> dict[str, str]:
        """Base URL of each service, without a slash at the end."""
        urls = {
            "contracts": self.contracts_url,
            "preinvoice": self.preinvoice_url,
            "invoicing": self.invoicing_url,
            "reconciliation": self.reconciliation_url,
        }
        return {service: url.rstrip("/") for service, url in urls.items()}
