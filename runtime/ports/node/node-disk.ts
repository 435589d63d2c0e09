import { createDisk } from '../disk-on-files.ts'
import { nodeFileSystem } from './node-file-system.ts'

/** The operating system's file system. */
export const nodeDisk = createDisk(nodeFileSystem)
