/* Default routes in the kernel's own tables. */
#include "check.h"
#include "host/default_route.h"

static const char head4[] =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
static const char local6[] =
    "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000002 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n";

static bool check(const char *four, const char *six)
{
    return default_route_is_in(bytes_str(four), bytes_str(six));
}

static void none(void **state)
{
    (void)state;
    assert_false(check("", ""));
    assert_false(check(head4, local6));
    assert_false(check("eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", local6));
    assert_false(check("*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n", ""));
}

static void by_ipv4(void **state)
{
    (void)state;
    assert_true(check("Iface\tx\n"
                      "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
                      local6));
}

static void by_ipv6(void **state)
{
    (void)state;
    assert_true(check(
        head4, "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
               "fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(none), cmocka_unit_test(by_ipv4),
                                       cmocka_unit_test(by_ipv6)};
    RUN_TESTS(tests);
}
