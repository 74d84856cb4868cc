# What the R programs share: arguments, refusals, timing, and the line of JSON.

refuse <- function(message) {
  writeLines(message, stderr())
  quit(status = 2)
}

need <- function(packages, debian) {
  missing <- packages[!vapply(packages, requireNamespace, logical(1), quietly = TRUE)]
  if (length(missing) == 0) return(invisible())
  writeLines(sprintf(
    "anchor not installed: %s (on Debian: apt-get install --no-install-recommends %s); see benchmarks/anchors/README.md",
    paste(missing, collapse = ", "), debian
  ), stderr())
  quit(status = 3)
}

# The files that stand before the options, and the options `--name value`, with their defaults.
read_arguments <- function(files, options) {
  given <- commandArgs(TRUE)
  program <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  usage <- paste(c("usage: Rscript", program, files, paste0("[--", names(options), " VALUE]")), collapse = " ")
  if (length(given) < length(files)) refuse(usage)
  arguments <- c(setNames(as.list(given[seq_along(files)]), files), options)
  rest <- given[-seq_along(files)]
  while (length(rest) > 0) {
    name <- sub("^--", "", rest[1])
    if (!(name %in% names(options)) || length(rest) < 2) refuse(usage)
    value <- if (is.numeric(options[[name]])) suppressWarnings(as.numeric(rest[2])) else rest[2]
    if (is.na(value)) refuse(usage)
    arguments[[name]] <- value
    rest <- rest[-(1:2)]
  }
  arguments
}

# Responses 0/1 (-1: missing) as ordered factors, one column an item.
as_answers <- function(responses) {
  responses[responses < 0] <- NA
  answers <- lapply(seq_len(ncol(responses)), function(item) ordered(responses[, item], levels = 0:1))
  names(answers) <- paste0("item", seq_along(answers))
  as.data.frame(answers)
}

# The result of the last pass, with the CPU and wall seconds of the pass that took least CPU.
time_best <- function(work, passes) {
  best <- c(Inf, Inf)
  for (pass in seq_len(passes)) {
    gc(FALSE)
    spent <- system.time(result <- work(), gcFirst = FALSE)
    if (sum(spent[1:2]) < best[1]) best <- c(sum(spent[1:2]), spent[["elapsed"]])
  }
  list(result = result, cpu = best[1], wall = best[2])
}

# One line of JSON: text quoted, single numbers bare, longer vectors as lists; what is not finite becomes null.
print_line <- function(figures) {
  written <- vapply(names(figures), function(name) {
    value <- figures[[name]]
    if (is.character(value)) return(sprintf("\"%s\": \"%s\"", name, value))
    told <- ifelse(is.finite(value), sprintf("%.15g", value), "null")
    sprintf(if (length(value) == 1) "\"%s\": %s" else "\"%s\": [%s]", name, paste(told, collapse = ", "))
  }, character(1))
  cat("{", paste(written, collapse = ", "), "}\n", sep = "")
}
