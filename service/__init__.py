"""The service's handlers, shared by both servers and bound to no framework.

`routes.Service` is the face: an entry point reads a request's head, asks `admit` whether to go on,
reads the body and sends what `answer` returns. `serve_local.py` does so on the standard library,
`asgi.Gate` for `app.py` on any ASGI server.
"""
