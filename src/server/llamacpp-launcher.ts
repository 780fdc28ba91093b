/** What the launcher is told, as JSON in its first argument. */
export interface LauncherOptions {
  /** Folder with the xllamacpp module. */
  modules: string;
  /** GGUF file. */
  model: string;
  modelName: string;
  host: string;
  /** 0 lets llama.cpp take a free one. */
  port: number;
  slots: number;
  /** Context of each slot, tokens. */
  contextLength: number;
  threads: number;
}

/** The one line that the launcher writes on stdout, as JSON. */
export type LauncherReply = { url: string; version: string } | { failure: string };

/**
 * Python source that starts llama.cpp's server, says where, and lives until its standard input ends. The pipe closes
 * when its parent ends in whatever way, so that no server is left behind. Ctrl-C reaches the whole process group
 * and is left to the parent.
 */
export const launcherSource = `
import json, os, signal, sys

signal.signal(signal.SIGINT, signal.SIG_IGN)
options = json.loads(sys.argv[1])
sys.path.insert(0, options["modules"])

def reply(message):
    print(json.dumps(message), flush=True)

try:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = options["model"]
    params.model_alias = {options["modelName"]}
    params.hostnames = [options["host"]]
    params.port = options["port"]
    params.n_parallel = options["slots"]
    params.n_ctx = options["contextLength"] * options["slots"]
    params.cpuparams.n_threads = options["threads"]
    params.cpuparams_batch.n_threads = options["threads"]
    params.endpoint_metrics = True
    server = xllamacpp.Server(params)
    reply({"url": server.listening_address, "version": xllamacpp.__version__})
except Exception as error:
    reply({"failure": str(error)})
    sys.exit(1)

while os.read(0, 4096):
    pass
os._exit(0)
`;
