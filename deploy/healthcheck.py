"""Ends with 0 if the server in this container answers a GET of the path given with 200: /healthz or /readyz."""

import http.client
import os
import ssl
import sys

SECONDS = 3.0


def status(path: str) -> int:
    """Return the status of the answer; the certificate is not looked at, as nothing leaves this machine."""
    port = int(os.environ.get("CONCLAVE_PORT", "8443"))
    if os.environ.get("CONCLAVE_TLS") == "off":
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=SECONDS, context=context)
    connection.request("GET", path)
    return connection.getresponse().status


if __name__ == "__main__":
    try:
        found = status(sys.argv[1])
    except (OSError, http.client.HTTPException) as error:
        sys.exit(f"no answer: {error}")
    sys.exit(0 if found == 200 else f"{sys.argv[1]} answers {found}")
