/* Faults to be loaded into a server, one a build, which its tool must see: a run without reports says something then. */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	volatile int size = 10;		/* not that of a chunk: a sentinel follows */
#if defined(BEYOND_MALLOC)
	volatile char *volatile block = malloc(size);

	block[size] = 1;
	free((void *) block);
#elif defined(INTEGER_OVERFLOW)
	volatile int sum = INT_MAX;

	sum += size;
#elif defined(BEYOND_PALLOC)
	volatile char *volatile block = palloc(size);

	block[size] = 1;
	pfree((void *) block);
#elif defined(NEVER_SET)
	int		   *volatile block = palloc(size);

	if (*block == size)
		elog(NOTICE, "a value that was never set");
#endif
}
