/* global Module, ENV, process */
// The programs for node see the environment, as those of the host do. (Emscripten's own is empty.)
Module['preRun'] = () => Object.assign(ENV, process.env);
