# perennial_embed(MODULE FILE SYMBOL): `extern const std::string_view SYMBOL;` in namespace perennial::MODULE holds the text
# of FILE. Made at configure time into the build folder; a change of FILE configures again.
function(perennial_embed MODULE FILE SYMBOL)
  set(source ${CMAKE_SOURCE_DIR}/${FILE})
  set(made ${CMAKE_BINARY_DIR}/embedded/${MODULE}_${SYMBOL}.cpp)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  # As bytes: raw strings have a longest length in some compilers, and any delimiter may occur in a file.
  file(READ ${source} digits HEX)
  string(LENGTH "${digits}" length)
  math(EXPR bytes "${length} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," digits "${digits}")
  file(CONFIGURE OUTPUT ${made} @ONLY CONTENT "#include <string_view>
namespace perennial::@MODULE@ {
static constexpr unsigned char bytes[] = {@digits@};
extern const std::string_view @SYMBOL@;
const std::string_view @SYMBOL@(reinterpret_cast<const char*>(bytes), @bytes@);
}  // namespace perennial::@MODULE@
")
  target_sources(perennial_${MODULE} PRIVATE ${made})
endfunction()
