/* The colour profile of sRGB (ICC version 2), which the build makes (tools/make-icc.py). */
#pragma once
#include "base/bytes.h"

extern const struct bytes srgb_profile;
