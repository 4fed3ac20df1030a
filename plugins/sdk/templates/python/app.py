"""The kind `{{name}}`: a text file in upper case.

What a plugin says and does is in `wit/step.wit`; the modules imported here are
made from it by `componentize-py`.
"""

from componentize_py_types import Err
from wit_world import WitWorld as Step
from wit_world.imports import report
from wit_world.imports.types import (
    Descriptor,
    Determinism,
    Failure,
    InputPort,
    Kind,
    OutputPort,
)

CHUNK = 1 << 18


class WitWorld(Step):
    def describe(self) -> Descriptor:
        kind = Kind(
            name="{{name}}",
            summary="a text file in upper case",
            params="",
            inputs=[
                InputPort(
                    name="text",
                    types=["files"],
                    required=True,
                    many=False,
                    splits=[],
                    forwarded=False,
                )
            ],
            outputs=[OutputPort(name="text", artifact_type="files", file=True)],
            determinism=Determinism.BITWISE,
            random=False,
            accepts_failed=False,
            expands=[],
        )
        return Descriptor(kinds=[kind], artifact_types=[])

    def run(self, config, inputs, outputs) -> None:
        reader, writer = inputs[0].open(""), outputs[0].create("")
        text = bytearray()
        while chunk := reader.read(CHUNK):
            text += chunk
        try:
            upper = text.decode("utf-8").upper()
        except UnicodeDecodeError as error:
            raise Err(Failure("UTF8", f"port `text`: {error}", "give it UTF-8")) from error
        encoded = upper.encode("utf-8")
        for start in range(0, len(encoded), CHUNK):
            writer.write(encoded[start : start + CHUNK])
        lines = float(upper.count("\n"))
        report.add_metric(report.Metric("lines", lines, None, None, None, []))
