// The generated code asks for an object file that describes the world. There is
// none here: `ingot-wasm componentize` puts the description in from the interface.
void __component_type_object_force_link_step(void);

void __component_type_object_force_link_step(void) {}
