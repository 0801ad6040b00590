// How jemalloc is set in the programs that serve. It looks for this symbol when it starts, before
// anything of ours runs.
//
// Threads share two arenas: with one for each of them, what one thread has freed is of no use to
// the next. What is free goes back to the system after a second, the time between two runs of rows
// of a large import.

extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0";
