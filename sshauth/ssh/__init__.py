"""The SSH server: it hosts Textual apps and knows nothing of accounts but who a peer is."""
