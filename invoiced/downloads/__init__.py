"""Downloads of files from links that the API returns. Optional: the core never imports this package.

Neither a link nor its server is trusted: `links` decides where a link may lead, `connections` only leads there and can
be stopped, `fetching` takes one file over HTTP, `parallel` takes many, and `file_names` names them.
"""
