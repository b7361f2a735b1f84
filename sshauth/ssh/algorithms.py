"""The algorithms of SSH that are spoken here: modern ones only, all that remain of ssh-audit's advice."""

from typing import Any

KEY_EXCHANGES = (
    # First for dropbear's sake, which follows the server's order; newer clients still get the hybrid.
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "mlkem768x25519-sha256",
)
CIPHERS = (
    "chacha20-poly1305@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
"""Only for the ciphers in counter mode; the others carry their own."""
SIGNATURES = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
"""By which people prove their keys."""

OPTIONS: dict[str, Any] = {
    "kex_algs": KEY_EXCHANGES,
    "encryption_algs": CIPHERS,
    "mac_algs": MACS,
    "signature_algs": SIGNATURES,
    "compression_algs": None,
}
"""What AsyncSSH is given of them."""
