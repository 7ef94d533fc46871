"""The service's handlers, shared by both servers and bound to no framework.

`routes.Service` is the face: a `connection.Connection` reads a request's head, asks `admit` whether to go on,
reads the body and sends what `answer` returns. Whoever has an event loop may give it connections:
`serve_local.py` runs one of the standard library, `app.py` takes gradio's.
"""
