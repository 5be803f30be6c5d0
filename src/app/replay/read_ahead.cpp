#include "app/replay/read_ahead.hpp"

#include <algorithm>

namespace perennial::app {

ReadAhead::ReadAhead(ModelSource& source, std::size_t batch_rows)
    : source_(source),
      batch_rows_(batch_rows),
      words_(std::ranges::any_of(source.available(),
                                 [](const InputColumn& column) { return column.kind == ColumnKind::categorical; })) {}

Result<Rows> ReadAhead::next() {
  if (words_) return read();
  const auto read_on = [this] {
    while (ahead_.size() < kBatchesReadAhead) ahead_.push_back(worker_.give([this] { return read(); }));
  };
  read_on();
  Result<Rows> rows = ahead_.front().get();
  ahead_.pop_front();
  read_on();
  return rows;
}

Result<Rows> ReadAhead::read() {
  if (ended_) return Rows{};
  auto rows = source_.next(batch_rows_);
  ended_ = !rows || rows->request.rows == 0;
  return rows;
}

}  // namespace perennial::app
