import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openHub } from '../../../pipeline/sources/hub/hub.ts';

test('what should be offline is offline, and what says neither yes nor no is refused', () => {
  for (const yes of ['1', 'ON', 'yes', 'True'])
    for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
      assert.equal(openHub({ [name]: yes }).offline, true, `${name}=${yes}`);
  for (const no of ['', '0', 'off', 'No', 'FALSE'])
    assert.equal(openHub({ HF_HUB_OFFLINE: no }).offline, false, no);
  for (const neither of ['2', 'maybe', '1 ', 'offline\n'])
    assert.throws(
      () => openHub({ HF_HUB_OFFLINE: neither }),
      /^Error: HF_HUB_OFFLINE is "[^\n]+": write 1 or 0$/,
    );
});

test('a time is in seconds, in digits', () => {
  assert.equal(openHub({ HF_HUB_DOWNLOAD_TIMEOUT: '2.5' }).silence, 2.5);
  for (const text of ['0x10', '-5', ' ', '1e9', '5s'])
    assert.throws(
      () => openHub({ HF_HUB_DOWNLOAD_TIMEOUT: text }),
      /^Error: HF_HUB_DOWNLOAD_TIMEOUT is .*: write seconds, from 0\.1 up to 3600$/,
    );
});

test('an address is taken as it is written, or refused', () => {
  assert.equal(
    openHub({ HF_ENDPOINT: 'https://host:8080/hub/' }).endpoint,
    'https://host:8080/hub',
  );
  // A URL's parser would leave these out, or the path would come after them.
  for (const endpoint of [
    'https://a\nb',
    'https://a b',
    'https://host?x=1',
    'https://host/#a',
    'ftp://host',
  ])
    assert.throws(
      () => openHub({ HF_ENDPOINT: endpoint }),
      /^Error: HF_ENDPOINT is not an address: /,
    );
});
