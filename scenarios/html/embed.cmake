# Makes a C++ file of the page's files: a constant each, named after its file.
#
#   cmake -DOUT=FILE.cpp -DPAGE=FILE;FILE;... -P embed.cmake
set(code "#include \"scenarios/html_report.hpp\"\n\nnamespace scenario::asset {\n\n")
foreach(file IN LISTS PAGE)
  get_filename_component(name "${file}" NAME)
  string(REPLACE "." "_" name "${name}")
  file(READ "${file}" text)
  # A string literal of more than 64 KiB is beyond what C++ promises.
  string(LENGTH "${text}" size)
  string(FIND "${text}" ")asset\"" end)
  if(size GREATER 65000 OR NOT end EQUAL -1)
    message(FATAL_ERROR "${file} does not fit into one raw string literal")
  endif()
  string(APPEND code "std::string_view const ${name} = R\"asset(${text})asset\";\n\n")
endforeach()
file(WRITE "${OUT}" "${code}}  // namespace scenario::asset\n")
