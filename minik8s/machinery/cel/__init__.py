"""The Common Expression Language (github.com/google/cel-spec) with Kubernetes' libraries, checked, bounded and fast.

`compile_expression` parses and type-checks once; the program that comes out is evaluated as often as needed, under a
cost budget that a hostile expression cannot pass.
"""

from __future__ import annotations

from minik8s.machinery.cel.environment import Environment
from minik8s.machinery.cel.errors import CompileError, CostExceeded, EvalError, TimeExceeded
from minik8s.machinery.cel.program import Program, compile_expression

__all__ = [
    "CompileError",
    "CostExceeded",
    "Environment",
    "EvalError",
    "Program",
    "TimeExceeded",
    "compile_expression",
]
