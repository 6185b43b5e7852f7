# Counts for a build with WEFT_PROFILE=ON: builds the same source once more, with counters, in INTO/training, runs bench/train.py with that, and
# leaves what it counted where gcc looks for it, beside the objects of the build in INTO.
#   cmake -DSOURCE=… -DINTO=… -DOPTIONS=-DA=b;… -P profile.cmake
set(training ${INTO}/training)
function(step)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
step(${CMAKE_COMMAND} -S ${SOURCE} -B ${training} -G Ninja -DWEFT_PROFILE=generate -DWEFT_TESTS=OFF ${OPTIONS})
step(${CMAKE_COMMAND} --build ${training})
message("Training")
step(${training}/weft -E -B ${SOURCE}/bench/train.py)
file(GLOB_RECURSE counts RELATIVE ${training} ${training}/*.gcda)
foreach(count ${counts})
  file(RENAME ${training}/${count} ${INTO}/${count})
endforeach()
file(REMOVE_RECURSE ${training})
