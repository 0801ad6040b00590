# How every target of the project is made, so that layering, warnings and precompiled headers are the same everywhere.

add_library(daybook_warnings INTERFACE)
add_library(daybook::warnings ALIAS daybook_warnings)
target_compile_options(daybook_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Werror=switch -Werror=return-type
  -Wno-unused-parameter -Wno-missing-field-initializers)

# gcc and ccache agree on precompiled headers only with this flag (and sloppiness, see scripts/install).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)

# daybook_library(NAME SOURCES ... DEPS ... [PCH_FROM target])
# Defines target daybook_<NAME> with alias daybook::<NAME>. DEPS are public: they are the layer's allowed includes.
function(daybook_library NAME)
  cmake_parse_arguments(ARG "" "PCH_FROM" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(daybook_${NAME} STATIC ${ARG_SOURCES})
    target_link_libraries(daybook_${NAME} PUBLIC ${ARG_DEPS} PRIVATE daybook::warnings ${ARG_PRIVATE_DEPS})
    target_include_directories(daybook_${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
    if(ARG_PCH_FROM)
      target_precompile_headers(daybook_${NAME} REUSE_FROM ${ARG_PCH_FROM})
    endif()
  else()
    add_library(daybook_${NAME} INTERFACE)
    target_link_libraries(daybook_${NAME} INTERFACE ${ARG_DEPS})
    target_include_directories(daybook_${NAME} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
  add_library(daybook::${NAME} ALIAS daybook_${NAME})
endfunction()

# daybook_test(NAME SOURCES ... DEPS ... LABEL unit|contract|e2e|golden|slow [TIMEOUT seconds])
# One test binary; its cases are registered with ctest one by one under the label.
function(daybook_test NAME)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${NAME} PRIVATE DAYBOOK_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    DAYBOOK_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  # Instrumented programs are several times slower.
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 10")
  endif()
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  # One ctest entry for each binary: start-up of 1,000 processes would cost more than the tests.
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
