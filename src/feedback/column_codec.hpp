#pragma once
// One column of a stored block.

#include "core/table.hpp"
#include "feedback/byte_codec.hpp"

namespace perennial::feedback {

/// Numbers exactly, in the smallest of six forms (one value, 1, 2, 4 byte integers, float, double); texts as codes into
/// the values that occur.
void write_column(ByteWriter& out, const Column& column);
/// The column with a dictionary of its own; spoils `in` where the bytes make no column of `rows` rows.
Column read_column(ByteReader& in, std::size_t rows);

}  // namespace perennial::feedback
