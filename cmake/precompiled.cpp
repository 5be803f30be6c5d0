// The precompiled headers hang on a target, and a target wants a source.
int main() {}
