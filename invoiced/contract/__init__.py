"""The contract with the service: the facts that the client and the emulator rest on, and a check whether they hold.

The documentation of the API does not promise these facts. A contract checks them in the sandbox or on an emulator, and
deletes what it made there.
"""
