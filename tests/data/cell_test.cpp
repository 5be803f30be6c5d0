#include "data/cell.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::data {
namespace {

TEST(Cell, reads_numbers_missing_values_and_texts) {
  struct Row {
    const char* text;
    CellKind kind;
    double number;
  };
  const std::vector<Row> rows = {
      {"1", CellKind::number, 1},
      {" 1.5 ", CellKind::number, 1.5},
      {"+2", CellKind::number, 2},
      {"-3e2", CellKind::number, -300},
      {"1e-999", CellKind::number, 0},
      {"", CellKind::missing, 0},
      {"  ", CellKind::missing, 0},
      {"NA", CellKind::missing, 0},
      {"nan", CellKind::missing, 0},
      {"?", CellKind::missing, 0},
      {"1,000", CellKind::number, 1000},
      {"1e999", CellKind::text, 0},
      {"inf", CellKind::text, 0},
      {"12a", CellKind::text, 0},
      {"+-3", CellKind::text, 0},
      {"1,234,567.25", CellKind::number, 1234567.25},
      {"-12,345", CellKind::number, -12345},
      {"$1,234.50", CellKind::number, 1234.5},
      {"-$5", CellKind::number, -5},
      {"$-5", CellKind::number, -5},
      {"€ 3.5", CellKind::number, 3.5},
      {"45%", CellKind::number, 45},
      {"-0.5 %", CellKind::number, -0.5},
      {"1,00", CellKind::text, 0},
      {"1,0000", CellKind::text, 0},
      {"1234,567", CellKind::text, 0},
      {"0,125", CellKind::text, 0},
      {",123", CellKind::text, 0},
      {"1,234,56", CellKind::text, 0},
      {"1.5,000", CellKind::text, 0},
      {"1,234.", CellKind::text, 0},
      {"%", CellKind::text, 0},
      {"$", CellKind::text, 0},
      {"A5", CellKind::text, 0},
      {"1-2", CellKind::text, 0},
      {"0x10", CellKind::text, 0},
      {"unknown", CellKind::text, 0},
      {"1949-01", CellKind::text, 0},
  };
  for (const auto& row : rows) {
    const Cell cell = read_cell(row.text);
    EXPECT_EQ(cell.kind, row.kind) << row.text;
    if (row.kind == CellKind::number) {
      EXPECT_EQ(cell.number, row.number) << row.text;
    } else {
      EXPECT_TRUE(std::isnan(cell.number)) << row.text;
    }
  }
}

TEST(Cell, writes_numbers_as_class_names) {
  EXPECT_EQ(number_text(1.0), "1");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(0.5), "0.5");
  EXPECT_EQ(number_text(1e6), "1000000");
  EXPECT_EQ(number_text(std::nan("")), "");
}

}  // namespace
}  // namespace perennial::data
