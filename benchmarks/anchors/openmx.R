# Calibrate a 2PL with OpenMx: marginal maximum likelihood (BA81), EM with Ramsay's acceleration (its default).
#
#   Rscript openmx.R RESPONSES.npy [--nodes 61] [--width 5] [--threads 1] [--passes 1]
#
# RESPONSES: int8, persons x items, 0/1, -1 for missing. Nodes are spaced evenly from -width to width.
# Timed: mxRun alone, that is the fit and OpenMx's own checks of the model; no standard errors.

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "asking.R"))
source(file.path(here, "npy.R"))
need(c("OpenMx", "rpf"), "r-cran-openmx r-cran-rpf")
suppressPackageStartupMessages(library(OpenMx))

asked <- read_arguments("RESPONSES", list(nodes = 61, width = 5, threads = 1, passes = 1))
responses <- read_npy(asked$RESPONSES)
answers <- as_answers(responses)
invisible(mxOption(NULL, "Number of Threads", as.integer(asked$threads)))

fit <- function() {
  items <- mxMatrix(
    name = "item", nrow = 2, ncol = ncol(responses), values = c(1, 0), free = TRUE,
    dimnames = list(c("ability", "intercept"), names(answers))
  )
  expectation <- mxExpectationBA81(
    ItemSpec = replicate(ncol(responses), rpf::rpf.grm(outcomes = 2)), # two categories: the 2PL
    qpoints = as.integer(asked$nodes), qwidth = asked$width
  )
  steps <- mxComputeEM("expectation", "scores", mxComputeNewtonRaphson())
  model <- mxModel("calibration", items, mxData(answers, type = "raw"), expectation, mxFitFunctionML(), steps)
  mxRun(model, silent = TRUE, suppressWarnings = TRUE)
}

timed <- time_best(fit, asked$passes)
estimates <- timed$result$item$values
print_line(list(
  anchor = "OpenMx", version = as.character(packageVersion("OpenMx")),
  cpu_seconds = timed$cpu, wall_seconds = timed$wall,
  persons = nrow(responses), items = ncol(responses), nodes = asked$nodes, threads = asked$threads,
  iterations = timed$result$compute$output$EMcycles, status = as.numeric(timed$result$output$status$code),
  log_likelihood = timed$result$output$fit / -2,
  discriminations = estimates[1, ], intercepts = estimates[2, ]
))
