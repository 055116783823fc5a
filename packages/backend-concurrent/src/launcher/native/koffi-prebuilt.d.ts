// The prebuilt packages of the FFI library koffi carry no types of their own; this is the part of koffi's that is used.
declare module "@koromix/koffi-linux-x64" {
  /** An argument of a C function: numbers and pointers as values, text as a C string, memory by its address. */
  export type CArgument = number | bigint | string | NodeJS.ArrayBufferView | null;
  export interface CLibrary {
    /** Binds the function that a C declaration names. 64-bit results arrive as numbers while they are exact. */
    func(declaration: string): (...args: CArgument[]) => number;
  }
  export interface Koffi {
    load(file: string): CLibrary;
    /** Address of a view's memory, which does not move as long as the view is alive. */
    address(view: NodeJS.ArrayBufferView): bigint;
    /** `errno` after the last call. */
    errno(): number;
  }
  const koffi: Koffi;
  export default koffi;
}

declare module "@koromix/koffi-linux-arm64" {
  export { default } from "@koromix/koffi-linux-x64";
}
