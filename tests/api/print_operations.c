/* The operations of the push API as the program has them, "METHOD path" a line: for the script that
 * compares them with the description. */
#include <stdio.h>

#include "api/evidence_routes.h"

int main(void)
{
    for (size_t i = 0; i < evidence_operations_n; i++)
        printf("%s %s\n", evidence_operations[i].method, evidence_operations[i].path);
    return 0;
}
