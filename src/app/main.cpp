#include "app/command.hpp"

int main(int argc, char** argv) { return perennial::app::run(argc, argv); }
