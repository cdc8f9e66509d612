"""HTTP as the API speaks it: hosts, keys, paths, responses."""
