"""A request leaves nothing behind: neither Python objects nor memory."""

from __future__ import annotations

REQUESTS = 5_000


def test_no_python_object_outlives_a_request(lab):
    """The environment counts Python's objects every 500 steps; a leak of one per request would add thousands."""
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
    lab.env("solo")
    sizes = lab.run(
        """const sizes = [];
        for (let i = 0; i < 300; i++) {
          await w.batch([{op: 'step', params: {actions: 1}}, {op: 'render'}]);
          await w.step(9).catch(() => {});
          if (i % 100 === 99) sizes.push((await w.initEnv({kind: 'heap'}), await w.reset(), await w.step(0)).infos.get('human').bytes);
          if (i % 100 === 99) { await w.initEnv({kind: 'solo'}); await w.reset(); }
        }
        return sizes"""
    )
    assert sizes[-1] == sizes[0], sizes
