"""The heart: registering, signing in and resetting. It knows nothing of terminals or sockets."""
