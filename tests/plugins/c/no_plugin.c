/* A library that is no plugin: it exports something else. */
int answer(void);
int answer(void) { return 42; }
