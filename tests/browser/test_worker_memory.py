"""A request leaves nothing behind: neither Python objects nor memory."""

from __future__ import annotations

REQUESTS = 5_000


def test_no_python_object_outlives_a_request(lab):
    """The environment counts Python's objects every 500 steps; one more per request would add thousands."""
    lab.env("pair")
    counts = lab.run(
        """const counts = [];
        for (let i = 0; i < arg; i++) {
          const {infos} = await w.step([1, 0], {obs: i % 2 === 0});
          if (i % 7 === 0) await w.saveState(i % 10);
          const seen = infos.get(0).objects;
          if (seen !== undefined) counts.push(seen);
        }
        return counts""",
        REQUESTS,
    )
    assert len(counts) == REQUESTS // 500
    assert max(counts[2:]) - min(counts[2:]) < 200, counts


def test_frames_and_batches_do_not_grow_the_heap(lab):
    sizes = lab.run(
        """const size = async () => {
          await w.initEnv({kind: 'heap'});
          await w.reset();
          return (await w.step(0)).infos.get('human').bytes;
        };
        const sizes = [];
        for (let round = 0; round < 3; round++) {
          await w.initEnv({kind: 'solo'});
          await w.reset();
          for (let i = 0; i < 100; i++) {
            await w.batch([{op: 'step', params: {actions: [1]}}, {op: 'render'}]);
            await w.step(9).catch(() => {});
          }
          sizes.push(await size());
        }
        return sizes"""
    )
    assert sizes[-1] == sizes[0], sizes
