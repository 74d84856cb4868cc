# Tables of numpy's own format (.npy): two dimensions, int8 or float64.
# https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

read_npy <- function(path) {
  if (!file.exists(path)) refuse(sprintf("%s: no such file", path))
  file <- file(path, "rb")
  on.exit(close(file))
  magic <- readBin(file, "raw", 8)
  if (!identical(magic[1:6], as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)))) refuse(sprintf("%s: not a .npy file", path))
  wide <- as.integer(magic[7]) > 1
  size <- readBin(file, "integer", 1, size = if (wide) 4 else 2, signed = wide, endian = "little")
  header <- rawToChar(readBin(file, "raw", size))
  told <- sub(".*'shape': \\(([^)]*)\\).*", "\\1", header)
  shape <- as.integer(regmatches(told, gregexpr("[0-9]+", told))[[1]])
  if (length(shape) != 2) refuse(sprintf("%s: not a table of two dimensions", path))
  values <- if (grepl("'|i1'", header, fixed = TRUE)) readBin(file, "integer", prod(shape), size = 1)
    else if (grepl("'<f8'", header, fixed = TRUE)) readBin(file, "double", prod(shape), endian = "little")
    else refuse(sprintf("%s: neither int8 nor float64", path))
  matrix(values, shape[1], shape[2], byrow = grepl("'fortran_order': False", header))
}

write_npy <- function(values, path) {
  shape <- sprintf("(%s,)", paste(dim(values), collapse = ", "))
  header <- sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': %s, }", shape)
  padding <- 63 - (10 + nchar(header)) %% 64  # the format wants the header to end with a line feed at a multiple of 64
  file <- file(path, "wb")
  on.exit(close(file))
  writeBin(as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0)), file)
  writeBin(as.integer(nchar(header) + padding + 1), file, size = 2, endian = "little")
  writeBin(charToRaw(paste0(header, strrep(" ", padding), "\n")), file)
  writeBin(as.double(t(values)), file, endian = "little")
}
