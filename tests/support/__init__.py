"""What the tests stand on: a terminal, a picture of it, a database server, our server, an authenticator."""
