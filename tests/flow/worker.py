"""One of two processes, each with half the batch: gradients are averaged, the first one gathers what all have seen."""

import sys

import torch
from safetensors.torch import save_file
from torch import distributed

import undertow
from flow.test_workers import batches, model_of
from undertow.flow.schedule import every


def main(file: str) -> None:
    distributed.init_process_group("gloo")
    rank = distributed.get_rank()
    recurrent = model_of()
    model = torch.nn.parallel.DistributedDataParallel(recurrent)
    ((x, lengths),) = batches(1)
    own = slice(3 * rank, 3 * rank + 3)
    watch = undertow.watch(model.module, examine=every(1)).start()
    model(x[:, own], lengths=lengths[own])[0].square().sum().backward()
    gathered: list = [None, None]
    distributed.all_gather_object(gathered, watch.state())
    if rank == 0:
        other = undertow.watch(recurrent)
        other.restore(gathered[1])
        watch.merge(other)
        save_file(watch.state(), file)
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1])
