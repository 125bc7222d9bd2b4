/* Does this network namespace have a way to the outside? */
#pragma once
#include "base/bytes.h"

/* By the kernel's tables (Linux, /proc/net/route and /proc/net/ipv6_route). True also where they
 * cannot be read. */
bool default_route_is_there(void);
/* The same from the text of both tables; pure. */
bool default_route_is_in(struct bytes ipv4, struct bytes ipv6);
