"""Looking at all that a service stands on, and saying what is wrong and what to do. Nothing is changed."""
