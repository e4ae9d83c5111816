"""Install the peers: python -m bench.peers; then `python -m bench peers` times them."""

from bench.peers.environment import install

install()
