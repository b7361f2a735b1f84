"""What commands do and say to the operator; a running service follows by itself."""
