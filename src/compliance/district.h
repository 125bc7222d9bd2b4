/* Where the district ends in a Chinese address: what may be shown of it. Pure. */
#pragma once
#include "base/bytes.h"

/* 山东省济南市历下区泉城路1号 → behind 历下区; without a district behind the city, without a city
 * behind the province; 0: none is recognised. text is UTF-8. */
size_t district_end(struct bytes text);
