# Score people with known 2PL items by rpf: the mean and the standard deviation of the posterior (EAP).
#
#   Rscript rpf.R RESPONSES.npy BANK.npy [--nodes 49] [--width 6] [--passes 1] [--estimates FILE.npy]
#
# RESPONSES: int8, persons x items, 0/1, -1 for missing. BANK: float64, items x 2: discrimination, intercept.
# The estimates are written as float64, persons x 2: ability, standard error. Timed: EAPscores alone. rpf asks OpenMP for
# its threads: set OMP_NUM_THREADS=1 for one.

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)))
source(file.path(here, "asking.R"))
source(file.path(here, "npy.R"))
need("rpf", "r-cran-rpf")

asked <- read_arguments(c("RESPONSES", "BANK"), list(nodes = 49, width = 6, passes = 1, estimates = ""))
answers <- as_answers(read_npy(asked$RESPONSES))
bank <- read_npy(asked$BANK)
if (nrow(bank) != ncol(answers)) refuse(sprintf("%s: %d items, but %d are answered", asked$BANK, nrow(bank), ncol(answers)))

group <- list(
  spec = replicate(nrow(bank), rpf::rpf.grm(outcomes = 2)), # two categories: the 2PL
  param = matrix(t(bank), 2, dimnames = list(c("ability", "intercept"), names(answers))),
  mean = c(ability = 0), cov = matrix(1, dimnames = list("ability", "ability")),
  data = answers, qpoints = as.integer(asked$nodes), qwidth = asked$width
)
timed <- time_best(function() rpf::EAPscores(group), asked$passes)
if (nzchar(asked$estimates)) write_npy(as.matrix(timed$result[, 1:2]), asked$estimates)
print_line(list(
  anchor = "rpf", version = as.character(packageVersion("rpf")),
  cpu_seconds = timed$cpu, wall_seconds = timed$wall,
  persons = nrow(answers), items = nrow(bank), nodes = asked$nodes
))
