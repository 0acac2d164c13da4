"""The one place where what goes wrong in a request becomes its answer."""

from __future__ import annotations

from collections.abc import Awaitable

import structlog

from apiserver.auth.errors import StatusError, bad_request, internal
from apiserver.call import Call, ClientGone
from apiserver.storage.store import StoreError
from minik8s.api.meta_v1 import Status
from minik8s.machinery.quantity import QuantityError

log = structlog.get_logger("apiserver")


async def answering(call: Call, work: Awaitable[None]) -> None:
    """Do the work of a request. Whatever it raises is answered and told to the log where people should know."""
    method, path = call.scope["method"], call.info.path
    try:
        await work
    except StatusError as error:
        await call.refuse(error.status)
    except QuantityError as error:
        # One that reads as a quantity and is none: too many digits.
        await call.refuse(bad_request(str(error)).status)
    except ClientGone:
        log.debug("a client left in the middle of its request", path=path)
    except TimeoutError:
        message = "Timeout: request did not complete within the allotted timeout"
        await call.refuse(Status(status="Failure", message=message, reason="Timeout", code=504))
    except RecursionError:
        log.warning("a request holds something that is nested too deep", method=method, path=path)
        await call.refuse(bad_request("the body of the request exceeded max depth").status)
    except StoreError as error:
        log.error("the store failed a request", method=method, path=path, error=str(error))
        await call.refuse(internal(str(error)).status)
    except Exception:
        log.exception("a request failed", method=method, path=path)
        await call.refuse(internal("see the server's log").status)
