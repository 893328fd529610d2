"""Layouts: columns by name for both bodies, and what a mirror does to them."""

import numpy as np
import pytest
import torch

from motionlcm.motion.features import encode_features, mirror_features
from motionlcm.motion.layout import HUMANML, KIT, FeatureLayout, layout_of, mirror_columns
from motionlcm.motion.skeleton import KIT_21
from tests.conftest import walking
from tests.motion.kit_bodies import stepping
from tests.published import kit_features

LAYOUTS = pytest.mark.parametrize("layout", [HUMANML, KIT], ids=["humanml", "kit"])


@LAYOUTS
def test_parts_cover_all_columns_once_and_in_order(layout):
    columns = np.concatenate([np.arange(layout.dim)[part] for part in layout.parts])
    assert columns.tolist() == list(range(layout.dim))


@LAYOUTS
def test_a_width_leads_to_its_layout(layout):
    found = layout_of(np.zeros((4, layout.dim)))
    assert found.num_joints == layout.num_joints == layout.skeleton.num_joints
    assert layout_of(torch.zeros(layout.dim)).name == layout.name


@pytest.mark.parametrize("width", [0, 250, 262, 264])
def test_other_widths_are_refused_by_their_number(width):
    with pytest.raises(ValueError, match=f"263 .* 251 .* got {width}"):
        layout_of(np.zeros((4, width)))


def test_only_kit_features_with_a_high_pelvis_are_in_units():
    features = np.zeros((4, 251))
    features[:, 3] = 560
    assert layout_of(features) == KIT and layout_of(features * 0.00175) == FeatureLayout(21)
    high = np.full((4, 263), 560.0)
    assert layout_of(high) == HUMANML


@LAYOUTS
def test_the_mirror_of_the_mirror_is_the_same(layout):
    order, sign = mirror_columns(layout.num_joints)
    assert np.array_equal(order[order], np.arange(layout.dim))
    assert np.array_equal(sign * sign[order], np.ones(layout.dim))
    features = np.random.default_rng(0).normal(size=(6, layout.dim))
    assert np.array_equal(mirror_features(mirror_features(features)), features)
    assert not np.allclose(mirror_features(features), features)


@LAYOUTS
def test_the_mirror_keeps_every_part_to_itself(layout):
    order, _ = mirror_columns(layout.num_joints)
    for part in layout.parts:
        assert sorted(order[part]) == list(range(layout.dim))[part]


def test_kits_mirrored_features_are_the_features_of_the_mirrored_walk():
    walk = stepping(30)
    walk[:, KIT_21.limbs.wrists[0]] += [0.1, 0.2, 0.3]
    mirrored = walk[:, list(KIT_21.mirror_order)] * [-1, 1, 1]
    assert np.allclose(mirror_features(kit_features(walk)), kit_features(mirrored), atol=1e-3)


def test_the_mirror_turns_a_left_bend_into_a_right_one():
    left = encode_features(walking(60, turn=0.05))
    right = mirror_features(left)
    assert np.allclose(right[:, HUMANML.root_yaw_velocity], -left[:, HUMANML.root_yaw_velocity])
    assert np.array_equal(right[:, HUMANML.root_height], left[:, HUMANML.root_height])
    assert np.array_equal(right[:, HUMANML.contacts], left[:, HUMANML.contacts][:, [2, 3, 0, 1]])
