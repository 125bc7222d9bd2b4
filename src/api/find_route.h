/* POST /control/find: records by what people know of them (app/find_records.h), as JSON. */
#pragma once
#include "app/find_records.h"
#include "host/http_server.h"

/* request: the body. db is the caller's for the call. */
enum gz_err find_route(const struct bank *bank, struct db *db, struct bytes request,
                       struct http_reply *reply);
