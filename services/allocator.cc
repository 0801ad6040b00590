// How jemalloc is set in the programs that serve. It looks for this symbol when it starts, before
// anything of ours runs.
//
// Threads share two arenas: with one for each of them, what one thread has freed is of no use to
// the next. What is free for a second goes back to the system, also from a server that has nothing
// to do: a thread of jemalloc's own sees to it.

extern "C" const char* malloc_conf;
const char* malloc_conf = "narenas:2,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
