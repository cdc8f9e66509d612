"""The server, and the requests to the emulator itself."""
