"""Questions by HTTP to servers of this machine. httpx alone would read all certificate authorities anew for each question."""

from functools import partial

import httpx

request = partial(httpx.request, verify=httpx.create_ssl_context())
get, post = partial(request, "GET"), partial(request, "POST")
